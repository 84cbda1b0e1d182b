; The installer for Windows, made by Inno Setup 6 from the folder that `make package` builds:
;   iscc /DVersion=0.1.0 /DApp=..\..\build\package\app\facet /DIcon=..\..\build\package\icons\facet.ico facet.iss
; For one person, without administrator's rights. Not yet run on Windows.

#ifndef Version
  #error Say /DVersion=…
#endif

[Setup]
AppId={{6B0B3A57-6C0E-4A0B-9C57-FACE7FACE701}
AppName=Facet
AppVersion={#Version}
AppPublisher=The Facet team
DefaultDirName={localappdata}\Programs\Facet
DefaultGroupName=Facet
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputBaseFilename=Facet-{#Version}-setup
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\facet.exe
Compression=lzma2/max
SolidCompression=yes
ChangesAssociations=yes
ChangesEnvironment=yes
CloseApplications=yes
WizardStyle=modern
#ifdef Sign
SignTool={#Sign}
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[CustomMessages]
en.EraseData=Remove all chats, settings and models, too?
de.EraseData=Auch alle Chats, Einstellungen und Modelle entfernen?

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Files]
Source: "{#App}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Facet"; Filename: "{app}\facet.exe"
Name: "{autodesktop}\Facet"; Filename: "{app}\facet.exe"; Tasks: desktopicon

[Registry]
; "Open with", for kinds of files that keep their own program.
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "Facet"; Flags: uninsdeletekey
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\shell\open\command"; ValueType: string; ValueData: """{app}\facet.exe"" ""%1"""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".pdf"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".docx"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".png"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".wav"; ValueData: ""
Root: HKCU; Subkey: "Software\Classes\Applications\facet.exe\SupportedTypes"; ValueType: string; ValueName: ".mp3"; ValueData: ""
; What the app itself writes when it is to start with Windows.
Root: HKCU; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: none; ValueName: "facet"; Flags: uninsdeletevalue dontcreatekey

[Run]
Filename: "{app}\facet.exe"; Description: "{cm:LaunchProgram,Facet}"; Flags: nowait postinstall skipifsilent

[Code]
procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Code: Integer;
begin
  if (Step = usUninstall) and not UninstallSilent then
    if MsgBox(CustomMessage('EraseData'), mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES then
      Exec(ExpandConstant('{app}\facet-cli.exe'), '--erase-data --yes', '', SW_HIDE, ewWaitUntilTerminated, Code);
end;
