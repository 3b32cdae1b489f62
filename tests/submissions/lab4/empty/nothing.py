# title: nothing

