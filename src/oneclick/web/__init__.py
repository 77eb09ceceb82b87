"""The kit that pages and the REST API share."""
