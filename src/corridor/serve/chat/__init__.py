"""The chat from the customer's side: settings, visitors, the doors of the widget. It refuses to show a stranger's words."""
