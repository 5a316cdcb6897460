class Cart:
    """Things somebody wants to buy."""

    def __init__(self):
        self.items = []
        self.prices = {}

    def add(self, item, price):
        self.items.append(item)
        self.prices[item] = price

    def remove(self, item):
        self.items.remove(item)
        del self.prices[item]

    def count(self):
        return len(self.