"""Programs for people who build and judge the product; nothing here is in the wheel."""
