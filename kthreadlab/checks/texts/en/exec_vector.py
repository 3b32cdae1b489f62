"""Programs that get another argv or environment than they should."""

from __future__ import annotations

from ..cause import Cause

TITLE = "The program gets the argv and the environment it should"
RULE = "a program gets exactly the strings its caller names, and a NULL ends each of the two arrays"
CAUSES = {
    "not_terminated": Cause(
        "The kernel finds no NULL at the end of argv or envp: the exec fails with -EFAULT.",
        "How does the kernel know how many strings there are? Nobody tells it a number.",
        "Look at the last element of argv and of envp in Listing Five.",
        "The kernel walks along each array until it meets an address that is no address. Yours goes on behind the end.",
        "A train that nobody marks the last carriage of is followed by the points man into the fog.",
    ),
    "argv0": Cause(
        "The program that is asked for, or its argv[0], is not the registered path.",
        "Which path did you hand over, and which is registered? They have to be the same text.",
        "Listing Five names myevent_handler twice. Count the places where yours does.",
        "By convention argv[0] is the program's own path, and the path is what the file under /proc/sys holds now.",
        "A porter who is told 'to the address on the label' does not remember last week's parcel.",
    ),
    "argv_extra": Cause(
        "The argv of the program holds more than the path.",
        "The program should get its own name and nothing else. What else is in your argv?",
        "The event's id travels in the environment, as the article's script expects. What stands in Listing Five's "
        "argv?",
        "argv is the path and the NULL. What the program has to know comes as a variable.",
        "A letter has its address on the envelope and its news inside.",
    ),
    "home": Cause(
        "The environment does not say HOME=/.",
        "A program started by the kernel inherits nothing. Which variables do you give it?",
        "Compare your envp with the one in Listing Five, entry by entry.",
        "A shell and many tools want to know a home directory. There is no user here, so it is the root.",
        "Whoever is hired by letter has to be told where the canteen is.",
    ),
    "path": Cause(
        "The environment has no PATH, or another than it should.",
        "How will the script find `mail`? Nobody has given it a search path but you.",
        "Compare your envp with the one in Listing Five, entry by entry, colon by colon.",
        "The kernel does not look for programs in PATH itself, but a script does. It is one variable, with four "
        "directories.",
        "A cook in a strange kitchen finds nothing unless somebody says which cupboards to open.",
    ),
    "id": Cause(
        "The environment does not give the id of the event in TROUBLED_DS.",
        "What does the program read in TROUBLED_DS, and what was reported? Compare the two in the witness.",
        "Listing Five formats the id into a buffer and puts the buffer into envp. Follow both steps in yours.",
        "The variable is name, equals sign, number in decimal. The conversion must fit the type of the number.",
        "An alarm that says 'somewhere in the house' wakes everybody and helps nobody.",
    ),
    "not_run": Cause(
        "{task} returned without running the program that is registered.",
        "A handler was registered and nothing had failed. Why did this event get no program?",
        "Follow your tests before call_usermodehelper with the id of the witness in your hand.",
        "Only two things may keep the program from being asked for: no path is registered, or there is no memory.",
        "A doorman who lets nobody in on Tuesdays has read a rule that is not there.",
    ),
    "unreadable": Cause(
        "What argv or envp leads to was gone when the program was to be executed.",
        "When does the kernel read argv and envp, and is everything they lead to still there?",
        "Listing Five frees its buffer after the call. Why there?",
        "The strings are copied at the exec, not when they are put into the array. Until then they must live.",
        "A letter is not delivered when the address is written, so don't burn it before the postman has come.",
    ),
    "text_overflow": Cause(
        "{task} writes more text into a buffer than it can hold{at}.",
        "How many characters does the longest string have, with its NUL? How many does the buffer hold?",
        "Count TROUBLED_DS=, the digits of the largest id, and one more. Listing Five has 32.",
        "snprintf is told the size and keeps to it; sprintf believes that there is room.",
        "Writing on the table beside the paper is still writing.",
    ),
    "out_of_bounds": Cause(
        "{task} writes past the end of an array{at}.",
        "How many entries has the array, the NULL counted in? How many do you fill?",
        "Listing Five's envp has four places for three variables. Count yours.",
        "An array of n has places 0 to n-1. One variable more needs one place more.",
        "Four chairs and a speaker: whoever brings a friend has to bring a chair.",
    ),
}
