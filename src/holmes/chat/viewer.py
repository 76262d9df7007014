"""One result over the whole terminal: scrolled, searched, wrapped or not."""

from collections.abc import Callable

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.search import SearchDirection, start_search
from prompt_toolkit.widgets import SearchToolbar, TextArea

_KEYS = "q closes  / searches  n next  N last  g top  G end  w wraps  space, b pages"


async def view(title: str, text: str) -> None:
    """Show it until it is closed."""
    search = SearchToolbar(vi_mode=True)
    area = TextArea(
        text,
        read_only=True,
        scrollbar=True,
        wrap_lines=False,
        search_field=search,
        line_numbers=True,
    )
    keys = _bindings(area)
    bar = Window(FormattedTextControl(lambda: f" {title}   {_KEYS}"), height=1, style="reverse")
    root = HSplit([bar, area, search])
    app: Application[None] = Application(
        layout=Layout(root, focused_element=area),
        key_bindings=keys,
        full_screen=True,
        enable_page_navigation_bindings=True,
    )
    app.timeoutlen = app.ttimeoutlen = 0.1
    await app.run_async()


def _bindings(area: TextArea) -> KeyBindings:
    keys = KeyBindings()
    reading = Condition(lambda: get_app().layout.has_focus(area))

    def bind(*names: str) -> Callable[[Callable[[KeyPressEvent], None]], None]:
        def take(handler: Callable[[KeyPressEvent], None]) -> None:
            for name in names:
                keys.add(name, filter=reading)(handler)

        return take

    def move(rows: Callable[[int], int]) -> Callable[[KeyPressEvent], None]:
        def handler(event: KeyPressEvent) -> None:
            del event
            info = area.window.render_info
            count = rows(info.window_height if info else 10)
            step = area.buffer.cursor_down if count > 0 else area.buffer.cursor_up
            step(count=abs(count))

        return handler

    bind("q", "escape", "c-c")(lambda event: event.app.exit())
    bind("j")(move(lambda _: 1))
    bind("k")(move(lambda _: -1))
    bind("d")(move(lambda height: height // 2))
    bind("u")(move(lambda height: -(height // 2)))
    bind("space", "f")(move(lambda height: height))
    bind("b")(move(lambda height: -height))
    bind("g", "home")(lambda _: setattr(area.buffer, "cursor_position", 0))
    bind("G", "end")(lambda _: setattr(area.buffer, "cursor_position", len(area.text)))
    bind("w")(lambda _: setattr(area, "wrap_lines", not area.wrap_lines))
    bind("/")(lambda _: start_search(area.control))
    bind("n")(lambda _: _find(area, SearchDirection.FORWARD))
    bind("N")(lambda _: _find(area, SearchDirection.BACKWARD))
    return keys


def _find(area: TextArea, direction: SearchDirection) -> None:
    state = area.control.search_state
    state.direction = direction
    area.buffer.apply_search(state, include_current_position=False)
