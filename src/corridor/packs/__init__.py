"""Experience packs: data and templates for one industry. A pack imports front doors and ground; nothing imports a pack."""
