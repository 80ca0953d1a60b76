"""A model as MLflow serves it."""

from __future__ import annotations

import numpy as np

from denoising_autoencoder.artifacts.packing import pack
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.images import normalize, unnormalize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.clean import Clean
from denoising_autoencoder.pipelines.codes.nodes import encode_images
from denoising_autoencoder.tracking.model import ServedModel, _load_pyfunc
from tests.trainer.trainings import Level


def test_a_network_that_takes_the_noise_gets_an_estimate_for_each_image():
    noise = np.random.default_rng(0).standard_normal((2, 96, 96, 3))
    sigmas = np.array([10, 40])
    noisy = np.rint(128 + sigmas.reshape(2, 1, 1, 1) * noise).clip(0, 255)

    served = ServedModel(NetworkDenoiser(Level(), "cpu")).predict(
        noisy.astype(np.uint8)
    )

    # A level s on [-1, 1] is the grey level 127.5 (1 + s), which is 127.5 + sigma.
    given = served[:, 0, 0, 0] - 127.5
    np.testing.assert_allclose(given, sigmas, rtol=0.1, atol=1)


def test_the_raw_model_of_a_codec_encodes_and_decodes(tmp_path):
    uniform = np.random.default_rng(0).uniform(-1, 1, (20, 8, 8, 3))
    images = uniform.astype(np.float32)
    options = {"code": 6, "height": 8, "width": 8, "widths": [4], "blocks": [1]}
    options |= {"encoder_widths": [], "encoder_blocks": []}
    network = build_network("codec", 0, options)
    network.begin_with(images)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    model = (
        weights,
        {"network": "codec", "options": options, "noise": Clean().model_dump()},
    )
    file = tmp_path / "model.safetensors"
    file.write_bytes(pack(*model))

    served = _load_pyfunc(str(file))

    codec = served.get_raw_model()
    codes = codec.encode(images)
    expected = encode_images(model, images, "auto", "auto")  # as a run does
    np.testing.assert_array_equal(codes, expected)
    seen = unnormalize(images)
    decoded = codec.decode(codec.encode(normalize(seen)))
    # `predict` computes in float32 on any machine.
    np.testing.assert_allclose(served.predict(seen).astype(int), decoded, atol=1)
