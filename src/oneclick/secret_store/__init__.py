"""Where secrets live; everything else holds references."""
