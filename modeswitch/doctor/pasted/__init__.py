"""What a person pastes from another machine: read as far as it goes, as values, with nothing raised."""
