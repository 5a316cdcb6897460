class Cart:
    def __init__(self):
        self.items = []
        self.total = 0

    def add(self, item, price):
        self.items.append(item)
        self.total += price

    def remove(self, item, price):
        self.items.remove(item)
        self.total -= price

    def clear(self):
        self.items = []
        self.
