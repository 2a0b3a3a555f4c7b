"""One file's text: its tree, scopes and names, layout, imports, guards, and the edits to it."""
