"""Clone an application database: all rows, or what is new since, as of one moment."""
