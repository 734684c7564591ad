//! The site file `site.toml`: what the controller says about the site.
