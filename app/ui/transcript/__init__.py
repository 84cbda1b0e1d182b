"""How a conversation is drawn.

``view.TranscriptView`` shows one conversation and takes orders by entry id; it decides nothing and
opens nothing. ``body.AnswerBody`` draws Markdown on its own, for other places that show an answer.
From the inside out: ``formats`` and ``writer`` turn blocks of app.core.markdown into rich text,
``text_segment`` and ``code_block`` show them, ``body`` stacks those, ``answer_message`` and
``user_message`` add what stands around the words, ``slots`` keeps the places of the messages.
"""
