namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Which currencies can be charged, and how little.</summary>
internal static class Currencies
{
    /// <summary>Largest charge, in minor units.</summary>
    public const long AmountMax = 99_999_999;

    private static readonly HashSet<string> Known =
    [
        .. ("usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk " +
            "djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd " +
            "kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar " +
            "ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf " +
            "yer zar zmw").Split(' '),
    ];

    private static readonly Dictionary<string, long> Least = new(StringComparer.Ordinal)
    {
        ["usd"] = 50,
        ["eur"] = 50,
        ["gbp"] = 30,
        ["chf"] = 50,
        ["cad"] = 50,
        ["aud"] = 50,
        ["nzd"] = 50,
        ["sgd"] = 50,
        ["brl"] = 50,
        ["inr"] = 50,
        ["jpy"] = 50,
        ["dkk"] = 250,
        ["nok"] = 300,
        ["sek"] = 300,
        ["pln"] = 200,
        ["czk"] = 1500,
        ["huf"] = 17_500,
        ["hkd"] = 400,
        ["mxn"] = 1000,
        ["aed"] = 200,
        ["thb"] = 1000,
        ["myr"] = 200,
        ["ron"] = 200,
        ["bgn"] = 100,
    };

    public static bool IsKnown(string currency) => Known.Contains(currency);

    /// <summary>Smallest charge, in minor units.</summary>
    public static long AmountMin(string currency) => Least.GetValueOrDefault(currency, 1);
}
