"""include/linux/list.h."""

from __future__ import annotations

from kthreadlab.trace.sentences import Sentences

SENTENCES = Sentences()
say = SENTENCES.say

say("INIT_LIST_HEAD", any="{who} makes {a} an empty list.")
say("list_add", any="{who} puts {a} onto {b}, at its head.")
say("list_add_tail", any="{who} puts {a} onto {b}, at its tail.")
say("list_del", any="{who} takes {a} off its list; its links are poison now.")
say("list_del_init", any="{who} takes {a} off its list; its links are an empty list now.")
say("list_empty", yes="{who} sees {a} empty.", no="{who} sees something on {a}.")
