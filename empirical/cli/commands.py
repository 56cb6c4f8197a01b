"""All commands under their names; whoever imports this module loads the libraries behind them."""

import typer

from empirical.cli import claims, density, observation, results

app = typer.Typer(
    help="GAN theory you can run: check derivations, predict exact numbers, train, measure and judge.",
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("list", rich_help_panel="What is claimed")(claims.list_theorems)
app.command("prove", rich_help_panel="What is claimed")(claims.prove)
app.command("predict", rich_help_panel="What is claimed")(claims.predict)
app.command("cite", rich_help_panel="What is claimed")(claims.cite)
app.command("check", rich_help_panel="What is observed")(observation.check)
app.command("capacity", rich_help_panel="What is observed")(observation.capacity)
app.command("birthday", rich_help_panel="What is observed")(observation.birthday)
app.command("density", rich_help_panel="What is observed")(density.density)
app.command("report", rich_help_panel="Results")(results.report)
app.command("reproduce", rich_help_panel="Results")(results.reproduce)
