"""The flow contract: what a source is, what one run brings, and what a template says about itself."""
