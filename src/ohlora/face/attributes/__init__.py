"""What can be measured on a face, each attribute with its formula and unit. Knows nothing of how the face was made."""
