#!/bin/sh
# From Facet.app to a disk image: signs if an identity is given, notarises if a profile is given.
# Not yet run on macOS.
#   make_dmg.sh APP VERSION     IDENTITY="Developer ID Application: …"  NOTARY_PROFILE=facet
set -eu
app=$1 version=$2
here=$(cd "$(dirname "$0")" && pwd)
image="$(dirname "$app")/../Facet-$version.dmg"

if [ -n "${IDENTITY:-}" ]; then
  # The libraries first, the app last: each signature covers what is in it.
  find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 -n 20 codesign --force --timestamp --options runtime --sign "$IDENTITY"
  codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" \
    --sign "$IDENTITY" "$app"
  codesign --verify --deep --strict "$app"
fi

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
cp -R "$app" "$staging/"
ln -s /Applications "$staging/Applications"
hdiutil create -volname Facet -srcfolder "$staging" -ov -format UDZO "$image"

if [ -n "${NOTARY_PROFILE:-}" ]; then
  xcrun notarytool submit "$image" --keychain-profile "$NOTARY_PROFILE" --wait
  xcrun stapler staple "$image"
fi
echo "$image"
