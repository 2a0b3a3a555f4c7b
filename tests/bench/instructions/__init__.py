"""Count the instructions of each operation with valgrind's callgrind, which repeats to 0.3 % on a busy machine."""
