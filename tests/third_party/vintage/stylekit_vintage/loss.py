class VintageLoss:
    def __init__(self, params):
        pass

    def measure(self, features):
        return features.mean(dim=(0, 2, 3))

    def compare(self, measured, target):
        return (measured - target).square().mean()
