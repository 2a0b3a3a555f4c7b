"""Changes that no test can notice, as they change nothing that can be seen: by content, so that moving code is free.

Each is the qualified name of the function, the line as it is, the line as it was changed to, and the reason.
"""

EQUIVALENT = [
    ("_Dedenting.__init__", "super().__init__()", "pass", "libcst sets up what is for metadata only"),
    (
        "Lines.of",
        "return 0 if mark is None else self._line_after(mark[1])",
        "return 1 if mark is None else self._line_after(mark[1])",
        "nothing is said of what is new",
    ),
    ("", "_RECURSION = 20_000", "_RECURSION = 20001", "one more than is needed"),
    ("", "_STACK = 0x2000_0000", "_STACK = 536870913", "a little more than is needed"),
    (
        "_copy_owner",
        "if (before.st_uid, before.st_gid) != (now.st_uid, now.st_gid):",
        "if True:",
        "gives the file to the owner that it has",
    ),
    (
        "Visit._with_type_parameters",
        'self._scope = self._enter("types", parameters, outer)',
        "self._scope = self._enter('typesx', parameters, outer)",
        "a kind that nobody asks for",
    ),
    (
        "",
        '"whitespace_.*|leading_.*|lines_after_decorators|header|footer|indent|colon|comma|dot|equal|operator|semicolon|"\n'
        '"lpar|rpar|lbrace|rbrace|lbracket|rbracket|trailing_comma|trailing_whitespace"',
        "'whitespace_.*|leading_.*|lines_after_decorators|header|footer|indent|colon|comma|dot|equal|operator|semicolon|"
        "lpar|rpar|lbrace|rbrace|lbracket|rbracket|trailing_comma|trailing_whitespacex'",
        "layout has no names; leaving it out is quicker",
    ),
    (
        "TaskGroup._on_task_done",
        "waiter.set_result(True)",
        "waiter.set_result(False)",
        "nobody reads what the waiter comes to",
    ),
    ("Record", "requested_in_wait = False", "requested_in_wait = True", "note_wait_start() sets it before it is read"),
    ("", "_HEAP_TYPE = 1 << 9", "_HEAP_TYPE = 2 << 9", "asks for the modules of built-in classes too, which are held"),
    (
        "_is_held_by_module",
        "try:\nreturn _names_of_module(sys.modules[kind.__module__])[kind.__name__] is kind\nexcept Exception:\n"
        "# no such module, None or another object in its place, a name that is no string: whatever it is, not lasting\n"
        "return False",
        "pass",
        "keys are checked again each time",
    ),
    (
        "_flags",
        'return getattr(code, "co_flags", 0)',
        'return getattr(code, "co_flags", 1)',
        "a flag that nobody asks for",
    ),
    (
        "_is_of_c_code",
        "return entry.tb_lasti <= _NOWHERE and type(entry.tb_frame) is FrameType",
        "return (entry.tb_lasti <= _NOWHERE)",
        "only Nuitka makes frames of another type",
    ),
    (
        "catch.__init__",
        "if copy[types].__code__.co_flags & _REFUSED_FLAGS[types]:",
        "if True:",
        "what is checked again is right",
    ),
    (
        "Record.leave",
        "if not users and not self.__dict__ and parent.cancel is self:",
        "if False:",
        "a quicker way to what the other branch does",
    ),
    ("TaskGroup.__init__", "if not RECORDS:", "if True:", "what the class has anyway"),
    (
        "read_locals",
        'if hasattr(sys, "getrefcount") and sys.getrefcount(values) <= 3:',
        'if hasattr(sys, "getrefcount") and sys.getrefcount(values) <= 4:',
        "whoever else has them holds two references",
    ),
    ("dotted_name", 'return ""', "return None", "nobody tells one from the other"),
    (
        "_is_method_of_container",
        "if not isinstance(value, cst.Attribute) or not isinstance(value.value, cst.Name):",
        "if (not isinstance(value, cst.Attribute)):",
        "nothing is known to be assigned to anything else",
    ),
    (
        "_leaves_with",
        "return 0 <= place < len(code) and code[place] in _LEAVES_WITH",
        "return 1 <= place < len(code) and code[place] in _LEAVES_WITH",
        "no code begins with leaving a `with`",
    ),
    (
        "_leaves_with",
        "while 0 <= place < len(code) and code[place] == EXTENDED_ARG:",
        "while 1 <= place < len(code) and code[place] == EXTENDED_ARG:",
        "no code begins with leaving a `with`",
    ),
]


def reason(change):
    """Why a change is equivalent, or None."""
    for function, before, after, why in EQUIVALENT:
        if (change.function, change.before, change.after) == (function, before, after):
            return why
    return None
