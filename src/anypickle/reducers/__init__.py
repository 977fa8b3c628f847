"""One file for each kind of thing; third-party ones in `contrib/`. `anypickle.registry` reads them."""
