"""The user, in an app of its own: anything that it shares an app with could not refer to it from elsewhere."""
