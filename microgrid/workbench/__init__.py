"""The workbench: an editor beside the live page of a sheet, served to the browser of the same machine.

Read `sheet_file` first, the one file that is read and written; `line_ends`, what stands at the end of each line, and
`reading`, which reads a text for an editor; then `worker`, the one process that computes, and can be given up. A
`session` is what a browser may ask, `handler` who may ask it, and `server` listens on the loopback address alone.
`watch` follows a file. `assets` has the editor: `workbench.js` joins a `server.js`, `code_editor.js` (CodeMirror, from
the bundle that `editor` builds) or `text_editor.js` (a plain text field, where the bundle is missing), `line_ends.js`,
`panes.js` and the `frame.js` of the page. Other wings `edit` a sheet, or `follow` a file.

tab     a window of the browser that has the sheet       draft  its text, where that is not in the file
"""

from .server import Server, WorkbenchError, edit
from .watch import follow

__all__ = ["Server", "WorkbenchError", "edit", "follow"]
