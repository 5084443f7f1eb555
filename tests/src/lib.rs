//! Where the tests of the workspace find what they share: the real samples beside the checkout.
