//! The inert WASI, module by module: the answer of every function, called by the host; and guests that it is merged with.

mod clocks;
mod http;
mod listed;
mod merged;
mod preview1;
mod preview2;
mod random;
mod subject;
