"""The file that root writes the path to."""

from __future__ import annotations

from ..cause import Cause

TITLE = "The path is what root last wrote to the file"
RULE = "a row of a ctl_table ties a file under /proc/sys to a char array; the array is the setting"
CAUSES = {
    "no_file": Cause(
        "There is no file /proc/sys/kernel/myevent_handler.",
        "Which line of yours makes the file? A row of a ctl_table does, if it has a number and the right name.",
        "The article shows the row just before Listing Five. Compare field by field.",
        "The row is a static: number, name, data, size, mode, child, handler, strategy. Number 0 ends the table, and "
        "a child makes it a directory.",
        "A bell without a name plate is found by nobody.",
    ),
    "elsewhere": Cause(
        "What is written to the file does not arrive in myevent_handler.",
        "Where does the text go that root writes? Third field.",
        "The row in the article points to the array that Listing Five uses.",
        "data is the object that proc_dostring fills. The function that runs the program must read the same one.",
        "Two notebooks with the same cover: one is written in, the other is read.",
    ),
    "writable": Cause(
        "Others than root may write to the file.",
        "Whoever may write here has any program run as root. Who may, in your row?",
        "The mode in the article is in octal: owner, group, others.",
        "Reading is harmless, writing is not: only the owner's digit may have the 2 in it.",
        "The key to the vault does not hang in the hall.",
    ),
    "refused": Cause(
        "Root cannot write a path to the file.",
        "Root is refused. Is it the mode, or the handler?",
        "Compare mode and handler with the row in the article.",
        "The owner's digit needs 4 for reading and 2 for writing, and a text needs the handler for texts.",
        "A letter box without a slot.",
    ),
    "cut": Cause(
        "A path that fits into 255 characters is not stored whole.",
        "How long may a path be here, and how long did yours stay?",
        "The article's row says 256, and so does the array behind it.",
        "maxlen counts the NUL: n keeps n-1 characters. The array has to be as large.",
        "A name plate for eight letters on the door of the Featherstonehaughs.",
    ),
    "overflow": Cause(
        "A long path written to the file runs past the end of myevent_handler.",
        "The row says how much may be written. Is the array behind it as large?",
        "Compare maxlen with the size of your char array.",
        "proc_dostring knows only what the row tells it. The two sizes must agree.",
        "A litre jug filled by somebody who was told it holds two.",
    ),
    "unreadable": Cause(
        "The file cannot be read by everybody.",
        "Everybody may know which program it is. Who may read, in your row?",
        "The mode in the article is in octal: owner, group, others.",
        "4 stands for reading, in each of the three digits.",
        "A timetable behind a locked door.",
    ),
    "read": Cause(
        "A read of the file does not give back the path and a newline.",
        "What comes back is not what was stored. Which handler serves the file?",
        "Compare the handler and the data of your row with the article's.",
        "proc_dostring gives back the text and a newline.",
        "An echo that says something else is no echo.",
    ),
    "stale_path": Cause(
        "An event that came after the file had been changed ran the old program.",
        "The file has changed and the old program runs. Where do you keep the path?",
        "Listing Five uses myevent_handler itself, at every event.",
        "The array is the setting. A copy of it is right until somebody writes to the file.",
        "Yesterday's timetable is a fine thing to miss trains with.",
    ),
    "wrong_path": Cause(
        "The program that is run is not the one that was written to the file.",
        "Compare the path in the file with the one you ask for, character by character.",
        "Whatever is in the array, blanks included, is one file name. Does Listing Five change it?",
        "The kernel splits nothing and searches nothing: the text is the path.",
        "'Main Street 5' is one address, not a street and a five.",
    ),
}
