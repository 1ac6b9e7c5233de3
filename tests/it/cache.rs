//! The cache as a person meets it: questions, age, commands, damage, several processes at once.

mod rig;
