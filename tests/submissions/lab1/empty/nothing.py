# title: nothing
