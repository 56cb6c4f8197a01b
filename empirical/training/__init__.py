"""The games and their training: many runs at once, each as if alone, and able to stop and go on."""

from empirical.training.best_response import BestResponse, best_response
from empirical.training.engines import ENGINES
from empirical.training.games import GAMES, Game, game
from empirical.training.loop import train
from empirical.training.optimizers import SGD, Adam
from empirical.training.regularization import Regularization
from empirical.training.setting import Setting, plane_setting
from empirical.training.state import Ending
from empirical.training.streams import stream
from empirical.training.trained import Trained

__all__ = [
    "ENGINES",
    "GAMES",
    "SGD",
    "Adam",
    "BestResponse",
    "Ending",
    "Game",
    "Regularization",
    "Setting",
    "Trained",
    "best_response",
    "game",
    "plane_setting",
    "stream",
    "train",
]
