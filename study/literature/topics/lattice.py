"""Comparisons on the lattice: accuracies of whole networks, and what regularizers add to one another."""

from __future__ import annotations

from study.claims.criteria import Above, Below
from study.design.arms import parse_arm
from study.design.settings import Experiment, Mlp
from study.literature.comparison import Comparison, Found, Meets, NotCompared, NotRun
from study.literature.lookup import IMAGES, Shelf
from study.literature.published import (
    ACCURACY,
    BATCHNORM,
    COCKTAILS,
    FEWER_STEPS,
    INCEPTION,
    MNIST_ERROR,
    PLAIN_ERROR,
    SIGNAL_SETTING,
    SIGNAL_TESTS,
    SIGNALS,
    TABLE_2,
    TABLE_9,
    Published,
    Source,
    inception,
)

OTHER_DATA = "other data, network and budget"
MAX_NORM = "study.training.regularizers.max_norm:MaxNorm"
BIG = "other networks, number of images and budget"


def _signals(experiment: Experiment) -> bool:
    return isinstance(experiment.model, Mlp) and experiment.data.train == 4000 and not experiment.data.label_noise


def _plain(shelf: Shelf) -> Found:
    found = shelf.experiment(("mnist1d",), strict=True, fits=_signals, needs="with 4,000 training signals and an `mlp`")
    return shelf.arms(found, (1, "none"))


def _no_network(name: str):
    """Return a look-up that finds nothing: no network of a study is known to be such a one."""

    def find(shelf: Shelf) -> Found:
        raise NotCompared(
            f"of the study's own networks none is a {name} on signals, and of a user's network only the name is known"
        )

    return find


def _on(data, *terms, strict: bool = False, needs: str = ""):
    """Return a look-up of a sum of arms' accuracies on the most fitting data."""
    return lambda shelf: shelf.arms(shelf.experiment(data, strict, needs=needs), *terms)


def _accuracies() -> list[Comparison]:
    found = []
    for network, value in ACCURACY.items():
        words = "4,000 training and 1,000 test signals"
        source = Source(
            SIGNALS, "table in the authors' code", f"{words}, {SIGNAL_SETTING}" if network == "MLP" else words
        )
        found.append(
            Comparison(
                f"mnist1d-{network.lower().replace(' ', '-')}",
                f"Test accuracy on MNIST-1D, nothing regularized: {network}",
                Published(source, value, "%"),
                "%",
                _plain if network == "MLP" else _no_network(network),
                Meets(value, SIGNAL_TESTS),
                "here a wider network without skip connection, several seeds and other test signals",
            )
        )
    return found


def _errors() -> list[Comparison]:
    """Return the comparisons on MNIST: differences of test errors of one paper's rows."""

    def row(name, quantity, source, value, *terms):
        return Comparison(
            name,
            quantity,
            Published(source, value, "pp", "difference of the two test errors"),
            "pp",
            _on(("mnist",), *terms, strict=True, needs="as in the study `full`"),
            Above(0),
            BIG,
        )

    return [
        row(
            "mnist-dropout-on-l2",
            "What dropout adds to L2 on MNIST, test accuracy",
            TABLE_9,
            MNIST_ERROR["l2"] - MNIST_ERROR["dropout+l2"],
            (1, "dropout+l2"),
            (-1, "l2"),
        ),
        row(
            "mnist-dropout",
            "What dropout alone adds on MNIST, test accuracy",
            TABLE_2,
            PLAIN_ERROR["none"] - PLAIN_ERROR["dropout"],
            (1, "dropout"),
            (-1, "none"),
        ),
        Comparison(
            "mnist-max-norm",
            "What dropout adds to max-norm on MNIST, test accuracy",
            Published(
                TABLE_9,
                MNIST_ERROR["max-norm"] - MNIST_ERROR["dropout+max-norm"],
                "pp",
                "difference of the two test errors",
            ),
            "pp",
            _max_norm,
            Above(0),
            BIG,
        ),
    ]


def _max_norm(shelf: Shelf) -> Found:
    """What dropout adds to max-norm, where that is a further factor of the study."""
    found = [factor.name for factor in shelf.results.study.factors.own if factor.path == MAX_NORM]
    if not found:
        raise NotRun(f'an experiment on `mnist` in a study with `factors = ["{MAX_NORM}"]`')
    name, experiment = found[0], shelf.experiment(("mnist",), strict=True)
    arms = [parse_arm(arm, shelf.results.study.factors) for arm in (f"dropout+{name}", name)]
    if not set(arms) <= set(shelf.results.arms):
        raise NotRun(
            f"an experiment on `mnist` with `{MAX_NORM}` as a factor, in all combinations and not in a fraction of them"
        )
    return shelf.arms(experiment, (1, arms[0].name), (-1, arms[1].name))


def _inception() -> list[Comparison]:
    """Return Zhang et al.'s contrasts, on the most fitting images."""

    def row(name, quantity, value, *terms, criterion=Above(0)):
        return Comparison(
            name,
            quantity,
            Published(INCEPTION, value, "pp", "computed from its rows"),
            "pp",
            _on(IMAGES, *terms),
            criterion,
            f"{OTHER_DATA}; one run there",
        )

    with_norm = inception(("batchnorm", "l2"), ("batchnorm",))
    without = inception(("l2",), ())
    return [
        row(
            "inception-augmentation",
            "What augmentation adds to batch norm, test accuracy",
            inception(("batchnorm", "augmentation"), ("batchnorm",)),
            (1, "batchnorm+augmentation"),
            (-1, "batchnorm"),
        ),
        row(
            "inception-l2-with",
            "What L2 adds to batch norm, test accuracy",
            with_norm,
            (1, "l2+batchnorm"),
            (-1, "batchnorm"),
        ),
        row("inception-l2-without", "What L2 alone adds, test accuracy", without, (1, "l2"), (-1, "none")),
        row(
            "inception-interaction",
            "What L2 adds with batch norm − what it adds without, test accuracy",
            with_norm - without,
            (1, "l2+batchnorm"),
            (-1, "batchnorm"),
            (-1, "l2"),
            (1, "none"),
            criterion=Below(0),
        ),
    ]


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on whole lattices; `band` as in `catalogue.comparisons`."""
    return [
        *_accuracies(),
        *_errors(),
        *_inception(),
        Comparison(
            "batchnorm-replaces-dropout",
            "What dropout adds to batch norm, test accuracy",
            Published(BATCHNORM, says="with batch norm, dropout can be removed"),
            "pp",
            _on(IMAGES, (1, "dropout+batchnorm"), (-1, "batchnorm")),
            Below(band),
            OTHER_DATA,
        ),
        Comparison(
            "batchnorm-l2",
            "How far L2 can be cut with batch norm",
            Published(BATCHNORM, says="with batch norm, λ was cut five-fold"),
            "times",
            _no_cut,
            None,
            "",
        ),
        Comparison(
            "batchnorm-steps",
            "Steps to the same training result without batch norm ÷ with it",
            Published(BATCHNORM, FEWER_STEPS, "times", "to the same accuracy"),
            "times",
            lambda shelf: shelf.claim("batchnorm-steps"),
            Above(1),
            f"{OTHER_DATA}; to a training loss here",
        ),
        Comparison(
            "augmentation-alone",
            "Augmentation alone − with dropout and L2 too, test accuracy",
            Published(
                Source("hernandez2018data", "abstract", "object recognition in images, several networks"),
                says="alone as good or better",
            ),
            "pp",
            _on(IMAGES, (1, "augmentation"), (-1, "dropout+l2+augmentation")),
            Above(-band),
            OTHER_DATA,
        ),
        Comparison(
            "cocktails",
            "Different arms that are best on validation among data sets",
            Published(
                Source("kadra2021well", "experiments", f"{COCKTAILS} tables, tuned combinations of 13 regularizers"),
                says="no combination is best everywhere",
            ),
            "",
            lambda shelf: shelf.best_arms(),
            None,
            f"fewer data sets than the {COCKTAILS} there",
        ),
    ]


def _no_cut(shelf: Shelf) -> Found:
    raise NotCompared(
        "this page has no rule by which two λ are equally good; a sweep over `strengths.l2.lambda` with the arms `l2` and "
        "`l2+batchnorm` has a page of its own"
    )
