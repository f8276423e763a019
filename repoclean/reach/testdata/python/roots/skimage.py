import numpy as np
import skimage
from skimage import color, filters, measure, transform

image = np.random.default_rng(0).random((32, 32))
skimage.morphology.disk(2)
filters.gaussian(image)
measure.label(image > 0.5)
transform.resize(image, (16, 16))
skimage.segmentation.slic(image, channel_axis=None)
skimage.data
skimage.util.img_as_ubyte(image)
