using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payouts;

namespace LiveCommerce.Silo.Tests.Payouts;

public sealed class PayoutMachineTests
{
    /// <summary>One row a state: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<PayoutState, string> Expected = new()
    {
        // FundsReserved, ReservedForApproval, Approved, Declined, Sent, TransferMade, NotSent, CapabilityLost, GivenUp, BankTook, BankRefused, TransferReversed
        [PayoutState.Requested] = "Reserved WaitingForApproval . . . . . Canceled Canceled . . .",
        [PayoutState.Reserved] = ". . . . TransferSent Transferred . Canceled Canceled . . .",
        [PayoutState.WaitingForApproval] = ". . Reserved Declined . . . Canceled Canceled . . .",
        [PayoutState.TransferSent] = ". . . . . Transferred Reserved Canceled Canceled . . .",
        [PayoutState.Transferred] = ". . . . . . . . . BankPaid BankFailed Reversed",
        [PayoutState.BankPaid] = ". . . . . . . . . . BankFailed Reversed",
        [PayoutState.BankFailed] = ". . . . . . . . . BankPaid . Reversed",
        [PayoutState.Reversed] = ". . . . . . . . . . . .",
        [PayoutState.Canceled] = ". . . . . . . . . . . .",
        [PayoutState.Declined] = ". . . . . . . . . . . .",
    };

    [Fact]
    public void EveryPair_GoesWhereTheTableSays()
    {
        var arrows = 0;
        foreach (var state in Enum.GetValues<PayoutState>())
        {
            var row = Expected[state].Split(' ');
            foreach (var happened in Enum.GetValues<PayoutHappened>())
            {
                var moved = PayoutMachine.Table.TryApply(state, happened, out var next);

                Assert.Equal(row[(int)happened] == "." ? state.ToString() : row[(int)happened], next.ToString());
                Assert.Equal(row[(int)happened] != ".", moved);
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(PayoutMachine.Table.Arrows.Count, arrows);
    }

    [Fact]
    public void MoneyThatMayHaveLeft_IsNeverGivenUpByAGuess()
    {
        foreach (var state in Enum.GetValues<PayoutState>().Where(PayoutMachine.HasMoved))
        {
            Assert.False(PayoutMachine.Table.TryApply(state, PayoutHappened.CapabilityLost, out _));
            Assert.False(PayoutMachine.Table.TryApply(state, PayoutHappened.GivenUp, out _));
            Assert.False(PayoutMachine.Table.TryApply(state, PayoutHappened.NotSent, out _));
        }
    }

    [Theory]
    [InlineData("identity.individual.date_of_birth.day", "your date of birth")]
    [InlineData("identity.individual.address.postal_code", "your address")]
    [InlineData("payout_method", "a bank account")]
    [InlineData("identity.something_new", "more about you")]
    [InlineData("strange_new.thing", "strange new thing")]
    public void WhatIsMissing_IsSaidInPlainWords(string description, string words) => Assert.Equal(words, AccountReading.WordsOf(description));

    [Theory]
    [InlineData("US", true)]
    [InlineData("us", false)]
    [InlineData("USA", false)]
    [InlineData("", false)]
    public void CountriesOfTheOptions_AreWrittenAsTheProviderWritesThem(string country, bool isValid)
    {
        var options = new PayoutsOptions { Countries = { country } };

        Assert.Equal(isValid, new PayoutsCountriesValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public void OptionsOutOfRange_AreRefused()
    {
        var rules = new PayoutsOptionsValidator();

        Assert.True(rules.Validate(null, new PayoutsOptions()).Succeeded);
        Assert.True(rules.Validate(null, new PayoutsOptions { MinimumMinor = 0 }).Failed);
        Assert.True(rules.Validate(null, new PayoutsOptions { MinorPerHundredCoins = 0 }).Failed);
        Assert.True(rules.Validate(null, new PayoutsOptions { SecondApproverAboveMinor = -1 }).Failed);
    }
}
