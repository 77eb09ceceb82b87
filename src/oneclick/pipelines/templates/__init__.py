"""What a data flow can be made from: one folder each."""
