"""How large a weight file may be. A file that asks for more is refused before anything is allocated for it.

Real generators stay far below: StyleGAN2 at 1024² with both optimisers is under 1 GB and 200 000 pickle operations.
"""

MAX_FILE_BYTES = 4 * 2**30
MAX_PICKLE_OPERATIONS = 1_000_000
MAX_PICKLE_BYTES_IN_ZIP = 256 * 2**20
MAX_ZIP_ENTRIES = 100_000
MAX_HEADER_BYTES = 100_000_000  # the limit of the safetensors format itself
MAX_TENSORS = 500_000
MAX_TENSOR_BYTES = 2 * 2**30  # of one tensor of a generator; real ones stay below 50 MB
MAX_ZIP_DIRECTORY_BYTES = 32 * 2**20
MAX_NAME = 500  # characters of a tensor's whole name; real ones have fewer than 100
MAX_DIMENSIONS = 16
MAX_DEPTH = 64
# Views may share storage, so tensors may add up to more than the file; a file of nothing but views is a bomb.
MAX_EXPANSION = 4
EXPANSION_SLACK = 64 * 2**20
