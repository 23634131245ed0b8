"""Comparisons on the lattice: accuracies of whole networks, and what regularizers add to one another."""

from __future__ import annotations

from functools import partial

from study.claims.criteria import Above, Below
from study.design.arms import parse_arm
from study.design.settings import Experiment, Mlp
from study.literature.comparison import Comparison, Found, Meets, NotCompared, NotRun, by_claim
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
    words = "4,000 training and 1,000 test signals"
    return [
        Comparison(
            name=f"mnist1d-{network.lower().replace(' ', '-')}",
            quantity=f"Test accuracy on MNIST-1D, nothing regularized: {network}",
            published=Published(
                source=Source(
                    key=SIGNALS,
                    place="table in the authors' code",
                    setting=f"{words}, {SIGNAL_SETTING}" if network == "MLP" else words,
                ),
                value=value,
                unit="%",
            ),
            unit="%",
            find=_plain if network == "MLP" else _no_network(network),
            criterion=Meets(value, SIGNAL_TESTS),
            differences="here a wider network without skip connection, several seeds and other test signals",
        )
        for network, value in ACCURACY.items()
    ]


def _row(name, quantity, source, value, says, find, differences, criterion) -> Comparison:
    """Return the comparison with a difference of a paper's numbers, in pp."""
    return Comparison(
        name=name,
        quantity=f"{quantity}, test accuracy",
        published=Published(source=source, value=value, unit="pp", says=says),
        find=find,
        criterion=criterion,
        differences=differences,
    )


def _errors() -> list[Comparison]:
    """Return the comparisons on MNIST: differences of test errors of one paper's rows."""
    error, plain = MNIST_ERROR, PLAIN_ERROR
    on_mnist = partial(_on, ("mnist",), strict=True, needs="as in the study `full`")
    row = partial(_row, says="difference of the two test errors", differences=BIG, criterion=Above(0))
    return [
        row(
            name="mnist-dropout-on-l2",
            quantity="What dropout adds to L2 on MNIST",
            source=TABLE_9,
            value=error["l2"] - error["dropout+l2"],
            find=on_mnist((1, "dropout+l2"), (-1, "l2")),
        ),
        row(
            name="mnist-dropout",
            quantity="What dropout alone adds on MNIST",
            source=TABLE_2,
            value=plain["none"] - plain["dropout"],
            find=on_mnist((1, "dropout"), (-1, "none")),
        ),
        row(
            name="mnist-max-norm",
            quantity="What dropout adds to max-norm on MNIST",
            source=TABLE_9,
            value=error["max-norm"] - error["dropout+max-norm"],
            find=_max_norm,
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
    row = partial(_row, source=INCEPTION, says="computed from its rows", differences=f"{OTHER_DATA}; one run there")
    with_norm, without = inception(("batchnorm", "l2"), ("batchnorm",)), inception(("l2",), ())
    return [
        row(
            name="inception-augmentation",
            quantity="What augmentation adds to batch norm",
            value=inception(("batchnorm", "augmentation"), ("batchnorm",)),
            find=_on(IMAGES, (1, "batchnorm+augmentation"), (-1, "batchnorm")),
            criterion=Above(0),
        ),
        row(
            name="inception-l2-with",
            quantity="What L2 adds to batch norm",
            value=with_norm,
            find=_on(IMAGES, (1, "l2+batchnorm"), (-1, "batchnorm")),
            criterion=Above(0),
        ),
        row(
            name="inception-l2-without",
            quantity="What L2 alone adds",
            value=without,
            find=_on(IMAGES, (1, "l2"), (-1, "none")),
            criterion=Above(0),
        ),
        row(
            name="inception-interaction",
            quantity="What L2 adds with batch norm − what it adds without",
            value=with_norm - without,
            find=_on(IMAGES, (1, "l2+batchnorm"), (-1, "batchnorm"), (-1, "l2"), (1, "none")),
            criterion=Below(0),
        ),
    ]


def _no_cut(shelf: Shelf) -> Found:
    raise NotCompared(
        "this page has no rule by which two λ are equally good; a sweep over `strengths.l2.lambda` with the arms `l2` "
        "and `l2+batchnorm` has a page of its own"
    )


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on whole lattices; `band` as in `catalogue.comparisons`."""
    return [
        *_accuracies(),
        *_errors(),
        *_inception(),
        Comparison(
            name="batchnorm-replaces-dropout",
            quantity="What dropout adds to batch norm, test accuracy",
            published=Published(source=BATCHNORM, says="with batch norm, dropout can be removed"),
            find=_on(IMAGES, (1, "dropout+batchnorm"), (-1, "batchnorm")),
            criterion=Below(band),
            differences=OTHER_DATA,
        ),
        Comparison(
            name="batchnorm-l2",
            quantity="How far L2 can be cut with batch norm",
            published=Published(source=BATCHNORM, says="with batch norm, λ was cut five-fold"),
            find=_no_cut,
        ),
        by_claim(
            "batchnorm-steps",
            name="batchnorm-steps",
            quantity="Steps to the same training result without batch norm ÷ with it",
            published=Published(source=BATCHNORM, value=FEWER_STEPS, unit="times", says="to the same accuracy"),
            differences=f"{OTHER_DATA}; to a training loss here",
        ),
        Comparison(
            name="augmentation-alone",
            quantity="Augmentation alone − with dropout and L2 too, test accuracy",
            published=Published(
                source=Source(
                    key="hernandez2018data", place="abstract", setting="object recognition in images, several networks"
                ),
                says="alone as good or better",
            ),
            find=_on(IMAGES, (1, "augmentation"), (-1, "dropout+l2+augmentation")),
            criterion=Above(-band),
            differences=OTHER_DATA,
        ),
        Comparison(
            name="cocktails",
            quantity="Different arms that are best on validation among data sets",
            published=Published(
                source=Source(
                    key="kadra2021well",
                    place="experiments",
                    setting=f"{COCKTAILS} tables, tuned combinations of 13 regularizers",
                ),
                says="no combination is best everywhere",
            ),
            unit="",
            find=lambda shelf: shelf.best_arms(),
            differences=f"fewer data sets than the {COCKTAILS} there",
        ),
    ]
