"""The command `demo`."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from corridor.ground.command_line import open_store, progress

if TYPE_CHECKING:
    from corridor.packs.simulation.demo.progress import Demo

commands = typer.Typer()

EVENTS_A_CUSTOMER = 17
SEED = 7


@commands.command()
def demo(
    data: Annotated[Path, typer.Option("--data", help="The folder of the demo; made at first use.")] = Path("demo-data"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8765,
    customers: Annotated[int, typer.Option(min=50, help="Customers of the simulated shop.")] = 20_000,
    serve: Annotated[bool, typer.Option(help="Serve the demo when it is made.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the demo in the folder and make it anew.")] = False,
) -> None:
    """Show a living shop: a simulated year of customers, people to sign in with, and work in progress.

    A second run goes on with what is there.
    """
    begun = time.perf_counter()
    shop = _make(data, customers, fresh, begun)
    if shop is None:
        typer.echo(f"{data} holds a demo{'; going on with it' if serve else ''}. --fresh makes it anew.")
    else:
        typer.echo(f"The demo was made in {time.perf_counter() - begun:.0f} seconds.")
    if serve:
        _tell(data)
        _become_server(data, host, port)


def _make(data: Path, customers: int, fresh: bool, begun: float) -> Demo | None:
    """Make what is missing of the demo and return it; None where nothing was missing."""
    from corridor.packs.simulation.demo.make import begin, fill
    from corridor.packs.simulation.demo.progress import Demo, forget_demo, known_demo
    from corridor.packs.simulation.demo.served import served
    from corridor.packs.simulation.run import planned

    if fresh:
        forget_demo(data)
    shop = known_demo(data)
    if shop is not None and shop.is_whole:
        return None
    if shop is None:
        shop = Demo(planned(customers, customers * EVENTS_A_CUSTOMER, 365, SEED))
        shop.keep(data)
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as open_things:
        store = open_store(data)
        open_things.callback(store.close)
        begin(shop, store)
        server = open_things.enter_context(served(data))
        bar = open_things.enter_context(progress())
        task = bar.add_task("Days", total=shop.plan.days)
        fill(
            shop, store, server.address,
            lambda sentence: bar.console.print(f"{time.perf_counter() - begun:4.0f} s  {sentence}"),
            lambda done, _: bar.update(task, completed=done),
        )  # fmt: skip
    return shop


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Leave as after Ctrl+C, so that the server that was started is stopped, too."""
    raise KeyboardInterrupt


def _tell(data: Path) -> None:
    """Print who can sign in."""
    from corridor.packs.simulation.demo.people import COLLEAGUES, PASSWORD
    from corridor.packs.simulation.demo.progress import known_demo

    shop = known_demo(data)
    assert shop is not None
    typer.echo(f"\n  Sign in with the password  {PASSWORD}  as")
    for colleague in COLLEAGUES:
        if colleague.shown:
            language = " (فارسی)" if colleague.language == "fa" else ""
            typer.echo(f"    {colleague.email:<28}{colleague.role}{language}")
    typer.echo("\n  A survey of the shop is at /s/delivery, the page to try the chat at /sdk/demo/main.")
    typer.echo(f"  The site's write key: {shop.write_key}\n\n  Ctrl+C stops it; the same command goes on.\n")
    sys.stdout.flush()


def _become_server(data: Path, host: str, port: int) -> None:
    """Go on as `corridor serve`, which prints the address; the log stays quiet unless it was set otherwise."""
    quietly = {"CORRIDOR_LOG_LEVEL": "warning", **os.environ}
    command = [sys.executable, "-m", "corridor.cli", "serve", "--data", str(data), "--host", host, "--port", str(port)]
    os.execve(sys.executable, command, quietly)  # noqa: S606  # our own program
