"""An optional part of jsonschema that builds grammars of addresses when it is imported: more than a second of each
process, and no notebook asks for one."""

raise ImportError("left out for the sake of time")
