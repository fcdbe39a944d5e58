using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Tests;

public sealed class StockProofTests
{
    private readonly StockProof _stock = new("p", stockBefore: 10);

    public StockProofTests()
    {
        Told("a", OrderState.Paid, 3);
        Told("b", OrderState.Declined, 2);
        Told("c", OrderState.Paying, 1);
    }

    [Fact]
    public void WhatWasPaidForIsSold_AndTheRestIsThere() => Assert.Null(_stock.Problem(Card(stock: 6, sold: 3)));

    [Fact]
    public void OrderThatIsToldAgain_CountsOnce()
    {
        Told("c", OrderState.Paid, 1);
        Told("a", OrderState.Delivered, 3);

        Assert.Empty(_stock.Open);
        Assert.Null(_stock.Problem(Card(stock: 6, sold: 4)));
    }

    [Fact]
    public void ItemSoldWithoutPayment_IsFound() => Assert.Contains("4 are sold and 3 were paid for", _stock.Problem(Card(stock: 5, sold: 4)), StringComparison.Ordinal);

    [Fact]
    public void ItemThatDisappeared_IsFound() => Assert.Contains("of 10 there are 5 left", _stock.Problem(Card(stock: 5, sold: 3)), StringComparison.Ordinal);

    [Fact]
    public void OrderWhoseEndIsNotKnown_IsAskedForAgain() => Assert.Equal(["c"], _stock.Open);

    private void Told(string id, OrderState state, int quantity) => _stock.Told(new OrderView(
        id, state, new Person("1", "ana"), Card(10, 0), quantity, 100, "usd", RoomId: null, DateTimeOffset.UnixEpoch, ActionUrl: null, Problem: null,
        new OrderTimes(null, null, null, null, null, null, null), Shipment: null, new OrderRefunds(0, 0, 0, null, null)));

    private static ProductCard Card(int stock, long sold) => new("p", new Person("2", "bo"), "Hat", PictureId: null, 100, "usd", stock, sold);
}
