"""The free renderer: numpy and OpenCV draw every scene as layers in depth before a moving camera."""
