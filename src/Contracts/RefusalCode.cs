using System.Collections.Frozen;
using System.Text;

namespace LiveCommerce.Contracts;

/// <summary>
/// Every refusal of the product. Numbers are explicit, grouped by slice, and never reused; a client may decide on the number.
/// </summary>
public enum RefusalCode
{
    // 10xx: the request itself
    Malformed = 1001,
    TooLarge = 1002,
    TooManyRequests = 1003,
    Busy = 1004,
    NotFound = 1005,
    KeyReused = 1006,
    KeyOutOfTime = 1007,
    Unavailable = 1008,

    // 11xx: accounts
    SignInRequired = 1101,
    SessionExpired = 1102,
    WrongPassword = 1103,
    NameTaken = 1104,
    PasswordTooWeak = 1105,
    NotAllowed = 1106,
    LockedOut = 1107,
    NameNotAllowed = 1108,

    // 20xx: rooms
    RoomNotFound = 2001,
    NotRoomOwner = 2002,
    TitleNotAllowed = 2003,
    CategoryUnknown = 2004,
    MessageEmpty = 2005,
    MessageTooLong = 2006,
    Muted = 2007,
    Banned = 2008,
    SlowDown = 2009,
    TooManyRooms = 2010,
    RoomPrivate = 2011,
    InvitationOver = 2012,

    // 22xx: battles
    BattleNotFound = 2201,
    BattleNotAllowed = 2202,
    BattleRunning = 2203,
    BattleOver = 2204,

    // 21xx: video
    StreamKeyWrong = 2101,
    AlreadyPublishing = 2102,
    StreamNotLive = 2103,
    MediaUnsupported = 2104,
    MediaTooFast = 2105,
    EncoderMissing = 2106,
    EncoderFailed = 2107,
    TooManyStreams = 2108,
    InstantFull = 2120,

    // 23xx: recordings and clips
    RecordingNotFound = 2301,
    RecordingOff = 2302,
    RecordingNotReady = 2303,
    KeepNotAllowed = 2304,
    ClipNotFound = 2305,
    ClipNotAllowed = 2306,
    ClipTooSoon = 2307,

    // 30xx: gifts and the ledger
    GiftUnknown = 3001,
    PriceChanged = 3002,
    InsufficientCoins = 3003,
    OwnRoom = 3004,
    AmountNotAllowed = 3005,
    AccountFrozen = 3006,
    LimitReached = 3007,
    GivingLimitReached = 3008,
    TooYoung = 3009,
    GivingTooFast = 3010,
    CircularGift = 3011,
    LimitNotAllowed = 3012,
    BirthDateNotAllowed = 3013,
    CardGiftTooSmall = 3014,
    CardGiftTooLarge = 3015,
    GiftNotFound = 3016,
    PeriodInvalid = 3018,
    PeriodTooLong = 3019,
    BirthDateNeeded = 3020,

    // 31xx: red packets
    PacketNotFound = 3101,
    PacketNotAllowed = 3102,
    PacketNotOpen = 3103,
    PacketOver = 3104,
    OwnPacket = 3105,
    TooManyPackets = 3106,
    AccountTooNew = 3107,

    // 40xx: the shop
    ProductNotFound = 4001,
    OutOfStock = 4002,
    ProductInvalid = 4003,
    OrderNotFound = 4004,
    ReservationExpired = 4005,
    NotProductOwner = 4006,
    PictureInvalid = 4007,
    StockChanged = 4008,
    OrderNotPaid = 4009,
    OrderClosed = 4010,
    NotOrderSeller = 4011,
    RefundNotAllowed = 4012,
    RefundRunning = 4013,
    ShipmentNotAllowed = 4014,
    OrderDisputed = 4015,

    // 50xx: payments
    CardDeclined = 5001,
    AuthenticationFailed = 5002,
    PaymentNotFound = 5003,
    PaymentUnavailable = 5004,
    SignatureInvalid = 5005,
    PackUnknown = 5006,
    NotRefundable = 5007,
    CoinsSpent = 5008,
    DisputeNotFound = 5009,
    DisputeClosed = 5010,
    CardNotYours = 5011,
    CardNotFound = 5012,
    TooManyCards = 5013,
    CardSharedByTooMany = 5014,

    // 51xx: payouts
    PayoutAccountNeeded = 5101,
    PayoutAccountNotReady = 5102,
    PayoutTooSmall = 5103,
    PayoutAboveAvailable = 5104,
    PayoutOwed = 5105,
    PayoutRunning = 5106,
    PayoutNotFound = 5107,
    PayoutDecided = 5108,
    OwnPayout = 5109,
    PayoutCountryUnknown = 5110,
    PayoutEmailInvalid = 5111,

    // 52xx: rates and agencies
    RateNotAllowed = 5201,
    AgencyNotFound = 5202,
    AgencyExists = 5203,
    AgencyNameNotAllowed = 5204,
    ContractNotFound = 5205,
    ContractTermsNotAllowed = 5206,
    ContractDecided = 5207,
    ContractOverlaps = 5208,
    TooManyContracts = 5209,

    // 53xx: reconciliation
    ReconciliationRunning = 5301,
    ReconciliationUnavailable = 5302,
    BreakNotFound = 5303,

    // 54xx: operators
    AdjustmentNotAllowed = 5401,
    AdjustmentNotFound = 5402,
    AdjustmentDecided = 5403,
    SecondOperatorNeeded = 5404,
    OperatorWaits = 5405,
    OperatorGrantDecided = 5406,

    // 60xx: moderation
    NotModerator = 6001,
    TargetProtected = 6002,
    MessageNotFound = 6003,
    AccountNotFound = 6004,
    DurationNotAllowed = 6005,
}

/// <summary>The snake_case names of <see cref="RefusalCode"/>.</summary>
public static class RefusalNames
{
    private static readonly FrozenDictionary<RefusalCode, string> Names =
        Enum.GetValues<RefusalCode>().ToFrozenDictionary(code => code, code => Snake(code.ToString()));

    /// <summary>The name of a code.</summary>
    public static string Of(RefusalCode code) => Names.TryGetValue(code, out var name) ? name : "unknown";

    private static string Snake(string pascal)
    {
        var snake = new StringBuilder(pascal.Length + 8);
        foreach (var letter in pascal)
        {
            if (char.IsUpper(letter) && snake.Length > 0) { snake.Append('_'); }
            snake.Append(char.ToLowerInvariant(letter));
        }

        return snake.ToString();
    }
}
