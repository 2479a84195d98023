//! Adapting: modules that have imports become modules that have none, and do what they did.

#[path = "adapt/abi.rs"]
mod abi;
#[path = "adapt/differential.rs"]
mod differential;
#[path = "adapt/hostile.rs"]
mod hostile;
#[path = "adapt/linked.rs"]
mod linked;
#[path = "adapt/placed.rs"]
mod placed;
#[path = "adapt/sections.rs"]
mod sections;
#[path = "adapt/shims.rs"]
mod shims;
#[path = "adapt/stubs.rs"]
mod stubs;
#[path = "adapt/subject.rs"]
mod subject;
