"""The signature log towards the outside: its bytes over HTTP, its entries, its witnesses."""
