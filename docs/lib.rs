//! The chapters of the guide as documentation of empty modules, so that the tests compile and run their code blocks.
