"""Examples as tensors: bytes become the very pixels they were drawn as, and mapped files are not copied."""

import numpy as np
import pytest

from study.data import splits
from study.data.shelf import Shelf
from study.design.settings import Data


@pytest.mark.parametrize("compiled", [True, False])
def test_bytes_become_the_same_pixels_bit_by_bit(tensorflow, compiled):
    from study.training.batches import pixels

    convert = tensorflow.function(pixels) if compiled else pixels
    every = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    found = convert(tensorflow.constant(every)).numpy()
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, splits.scaled(every))
    gathered = tensorflow.function(lambda x, index: pixels(tensorflow.gather(x, index)))
    np.testing.assert_array_equal(gathered(every, [3, 1]).numpy(), splits.scaled(every)[[3, 1]])


def test_what_is_no_bytes_stays_as_it_is(tensorflow):
    from study.training.batches import pixels

    x = tensorflow.constant([[0.5, 200.0]])
    assert pixels(x) is x


def test_a_mapped_file_is_shared_and_not_copied(tensorflow, tmp_path):
    from study.training.batches import Tensors

    if tensorflow.config.list_logical_devices("GPU"):
        pytest.skip("a GPU has a copy in its own memory")
    split = Shelf(tmp_path).split(Data(name="digits", train=60, validation=40, test=50), 0)
    data = Tensors(split)
    np.testing.assert_array_equal(data.train[0].numpy(), split.x_train)
    split.x_train[0, 0, 0, 0] = 7.0  # this process's own page, which the tensor must lie on
    assert data.train[0][0, 0, 0, 0].numpy() == 7.0
    np.testing.assert_array_equal(data.test[1].numpy(), split.y_test)
