"""What type checkers have to refuse about catch: each line with an error mark, and no other one."""

from taskgroup_compat import ExceptionGroup, catch


def handler(group: ExceptionGroup[ValueError]) -> None: ...


async def async_handler(group: ExceptionGroup[ValueError]) -> None: ...


def two_arguments(group: ExceptionGroup[ValueError], other: int) -> None: ...


def of_another_kind(group: int) -> None: ...


def wrong_handlers() -> None:
    catch({int: handler})  # error
    catch({"ValueError": handler})  # error
    catch({(ValueError, int): handler})  # error
    catch({ValueError(): handler})  # error
    catch({ValueError: None})  # error
    catch({ValueError: "handler"})  # error
    catch({ValueError: two_arguments})  # error
    catch(ValueError)  # error
    catch(handler)  # error
    catch({ValueError: handler}, handler)  # error
    catch()  # error


def plain_with_needs_plain_handlers() -> None:
    with catch({ValueError: async_handler}):  # error
        pass


@catch({ValueError: async_handler})  # error
def plain_function() -> int:
    return 1


@catch({ValueError: handler})
def parse(text: str, *, base: int = 10) -> int:
    return int(text, base)


class Own(catch[None]):  # error
    pass


def wrong_calls() -> None:
    parse(1)  # error
    parse("1", bases=2)  # error
    number: int = parse("1")  # error
    print(number)
