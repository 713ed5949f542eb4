"""What changes more than one row, or a row and the world. One module for each subject."""
