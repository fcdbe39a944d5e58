using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What can happen to a payout.</summary>
internal enum PayoutHappened
{
    /// <summary>The earnings are kept back; the money is sent next.</summary>
    FundsReserved = 0,

    /// <summary>The earnings are kept back; an operator must look.</summary>
    ReservedForApproval = 1,

    /// <summary>An operator lets it go.</summary>
    Approved = 2,

    /// <summary>An operator says no.</summary>
    Declined = 3,

    /// <summary>The provider is asked next.</summary>
    Sent = 4,

    /// <summary>The provider has moved the money.</summary>
    TransferMade = 5,

    /// <summary>The provider has not moved it: the platform's balance is too low, or the request was lost for good. Later again.</summary>
    NotSent = 6,

    /// <summary>The account can receive nothing.</summary>
    CapabilityLost = 7,

    /// <summary>It cannot be done at all: refused, or tried for too long.</summary>
    GivenUp = 8,

    /// <summary>The bank has it.</summary>
    BankTook = 9,

    /// <summary>The bank sent it back.</summary>
    BankRefused = 10,

    /// <summary>All of the transfer was taken back.</summary>
    TransferReversed = 11,
}

/// <summary>
/// The arrows of a payout; what is not here changes nothing. A bank's yes is not final against a no that follows it, nor the other way:
/// what came back goes out with the account's next payment to the bank. Money that was sent while it was thought lost is sent all the same.
/// </summary>
internal static class PayoutMachine
{
    public static readonly StateTable<PayoutState, PayoutHappened> Table =
        new(new Dictionary<(PayoutState, PayoutHappened), PayoutState>
        {
            [(PayoutState.Requested, PayoutHappened.FundsReserved)] = PayoutState.Reserved,
            [(PayoutState.Requested, PayoutHappened.ReservedForApproval)] = PayoutState.WaitingForApproval,
            [(PayoutState.Requested, PayoutHappened.CapabilityLost)] = PayoutState.Canceled,
            [(PayoutState.Requested, PayoutHappened.GivenUp)] = PayoutState.Canceled,

            [(PayoutState.WaitingForApproval, PayoutHappened.Approved)] = PayoutState.Reserved,
            [(PayoutState.WaitingForApproval, PayoutHappened.Declined)] = PayoutState.Declined,
            [(PayoutState.WaitingForApproval, PayoutHappened.CapabilityLost)] = PayoutState.Canceled,
            [(PayoutState.WaitingForApproval, PayoutHappened.GivenUp)] = PayoutState.Canceled,

            [(PayoutState.Reserved, PayoutHappened.Sent)] = PayoutState.TransferSent,
            [(PayoutState.Reserved, PayoutHappened.TransferMade)] = PayoutState.Transferred,
            [(PayoutState.Reserved, PayoutHappened.CapabilityLost)] = PayoutState.Canceled,
            [(PayoutState.Reserved, PayoutHappened.GivenUp)] = PayoutState.Canceled,

            [(PayoutState.TransferSent, PayoutHappened.TransferMade)] = PayoutState.Transferred,
            [(PayoutState.TransferSent, PayoutHappened.NotSent)] = PayoutState.Reserved,
            [(PayoutState.TransferSent, PayoutHappened.CapabilityLost)] = PayoutState.Canceled,
            [(PayoutState.TransferSent, PayoutHappened.GivenUp)] = PayoutState.Canceled,

            [(PayoutState.Transferred, PayoutHappened.BankTook)] = PayoutState.BankPaid,
            [(PayoutState.Transferred, PayoutHappened.BankRefused)] = PayoutState.BankFailed,
            [(PayoutState.Transferred, PayoutHappened.TransferReversed)] = PayoutState.Reversed,

            [(PayoutState.BankPaid, PayoutHappened.BankRefused)] = PayoutState.BankFailed,
            [(PayoutState.BankPaid, PayoutHappened.TransferReversed)] = PayoutState.Reversed,

            [(PayoutState.BankFailed, PayoutHappened.BankTook)] = PayoutState.BankPaid,
            [(PayoutState.BankFailed, PayoutHappened.TransferReversed)] = PayoutState.Reversed,
        });

    /// <summary>Whether the money may still be sent: no other payout of the same person begins meanwhile.</summary>
    public static bool IsUnderWay(PayoutState state) =>
        state is PayoutState.Requested or PayoutState.Reserved or PayoutState.WaitingForApproval or PayoutState.TransferSent;

    /// <summary>Whether the money has left the platform's balance, though it may have come back.</summary>
    public static bool HasMoved(PayoutState state) =>
        state is PayoutState.Transferred or PayoutState.BankPaid or PayoutState.BankFailed or PayoutState.Reversed;
}
