"""What operators of the installation do: its organisations, its operators, where it may connect to."""
