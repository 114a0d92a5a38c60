//! Nothing: the benchmark itself is `peers/`.
