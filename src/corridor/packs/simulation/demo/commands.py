"""The command `demo`."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corridor.ground.command_line import open_store, progress

if TYPE_CHECKING:
    from corridor.packs.simulation.demo.progress import Demo
    from corridor.packs.simulation.demo.served import Served

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
    from corridor.packs.simulation.demo.make import begin, fill, is_whole
    from corridor.packs.simulation.demo.progress import forget_demo, known_demo
    from corridor.packs.simulation.demo.served import served
    from corridor.packs.simulation.run import planned

    begun = time.perf_counter()
    if fresh:
        forget_demo(data)
    known = known_demo(data)
    store = open_store(data)
    with ExitStack() as open_things:
        open_things.callback(store.close)
        shop = known or begin(store, planned(customers, customers * EVENTS_A_CUSTOMER, 365, SEED))
        whole = is_whole(shop, store)
        if whole and not serve:
            typer.echo(f"{data} holds a demo. `corridor demo --fresh` makes it anew.")
            return
        server = open_things.enter_context(served(data, host, port if serve else 0))
        if not whole:
            with progress() as bar:
                task = bar.add_task("Days", total=shop.plan.days)
                fill(
                    shop, store, server.address,
                    lambda sentence: bar.console.print(f"{time.perf_counter() - begun:4.0f} s  {sentence}"),
                    lambda done, _: bar.update(task, completed=done),
                )  # fmt: skip
            typer.echo(f"The demo was made in {time.perf_counter() - begun:.0f} seconds.")
        elif serve:
            typer.echo(f"Going on with the demo in {data}; --fresh makes it anew.")
        if serve:
            _tell(server, shop)
            raise typer.Exit(server.wait())


def _tell(server: Served, shop: Demo) -> None:
    """Print the address, and who can sign in."""
    from corridor.packs.simulation.demo.people import COLLEAGUES, PASSWORD

    typer.echo(f"\n  {server.address}\n\n  Sign in with the password  {PASSWORD}  as")
    for colleague in COLLEAGUES:
        if colleague.shown:
            language = " (فارسی)" if colleague.language == "fa" else ""
            typer.echo(f"    {colleague.email:<28}{colleague.role}{language}")
    typer.echo(f"\n  A survey of the shop: {server.address}/s/delivery")
    typer.echo(f"  The site's write key: {shop.write_key}\n\n  Ctrl+C stops it; the same command goes on.\n")
