mod hooks;
mod random;
mod servers;
