//! Encodings outside the Encoding Standard: DOS, old Apple and HP machines, and EBCDIC of IBM mainframes.

use std::borrow::Cow;

/// A single-byte encoding.
#[derive(Debug, PartialEq)]
pub struct CodePage {
    /// Labels in lower case with hyphens, separated by spaces.
    names: &'static str,
    characters: &'static str,
}

impl CodePage {
    /// An ASCII-based encoding by its label.
    pub fn of_letters(name: &str) -> Option<&'static Self> {
        by_name(&HALVES, name)
    }

    /// Decodes EBCDIC bytes by the charset of the response, else the XML declaration, else `cp037`; none if
    /// they do not look like EBCDIC.
    pub fn read_ebcdic(
        bytes: &[u8],
        told: Option<&str>,
        prolog: impl Fn(&[u8]) -> Option<String>,
    ) -> Option<String> {
        let told = told.and_then(|name| by_name(&WHOLES, name));
        // "<?xm", or `<` if the declared charset is EBCDIC; 0x4C is "L" in ASCII.
        let is_declared = bytes.starts_with(&[0x4c, 0x6f, 0xa7, 0x94]);
        (is_declared || told.is_some() && bytes.starts_with(&[0x4c])).then(|| {
            let head = WHOLES[0].decode(&bytes[..bytes.len().min(400)]);
            let page = told.or_else(|| by_name(&WHOLES, &prolog(head.as_bytes())?));
            page.unwrap_or(&WHOLES[0]).decode(bytes).into_owned()
        })
    }

    pub fn decode(&self, bytes: &[u8]) -> Cow<'static, str> {
        let characters: Vec<char> = self.characters.chars().collect();
        let ascii = 256 - characters.len();
        let character = |byte: &u8| match usize::from(*byte).checked_sub(ascii) {
            Some(at) => characters[at],
            None => char::from(*byte),
        };
        Cow::Owned(bytes.iter().map(character).collect())
    }
}

fn by_name(pages: &'static [CodePage], name: &str) -> Option<&'static CodePage> {
    let name = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    pages.iter().find(|page| page.names.split(' ').any(|known| known == name))
}

/// Upper halves of encodings whose lower half is ASCII.
#[rustfmt::skip]
static HALVES: [CodePage; 29] = [
    CodePage {
        names: "437 cp-437 cp437 cspc8codepage437 ibm-437 ibm437",
        characters: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
         áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "720 cp-720 cp720 ibm-720 ibm720",
        characters: "\u{80}\u{81}éâ\u{84}à\u{86}çêëèïî\u{8d}\u{8e}\u{8f}\u{90}ّْô¤ـûùءآأؤ£إئا\
         بةتثجحخدذرزسشص«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         ضطظعغفµقكلمنهوىي≡ًٌٍَُِ≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "737 cp-737 cp737 ibm-737 ibm737",
        characters: "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθ\
         ικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "775 cp-775 cp775 cspc775baltic ibm-775 ibm775",
        characters: "ĆüéāäģåćłēŖŗīŹÄÅÉæÆōöĢ¢ŚśÖÜø£Ø×¤\
         ĀĪóŻżź”¦©®¬½¼Ł«»░▒▓│┤ĄČĘĖ╣║╗╝ĮŠ┐\
         └┴┬├─┼ŲŪ╚╔╩╦╠═╬Žąčęėįšųūž┘┌█▄▌▐▀\
         ÓßŌŃõÕµńĶķĻļņĒŅ’\u{ad}±“¾¶§÷„°∙·¹³²■\u{a0}",
    },
    CodePage {
        names: "850 cp-850 cp850 cspc850multilingual ibm-850 ibm850",
        characters: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
         áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
         └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
         ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        names: "852 cp-852 cp852 cspcp852 ibm-852 ibm852",
        characters: "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č\
         áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
         └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀\
         ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
    },
    CodePage {
        names: "855 cp-855 cp855 csibm855 ibm-855 ibm855",
        characters: "ђЂѓЃёЁєЄѕЅіІїЇјЈљЉњЊћЋќЌўЎџЏюЮъЪ\
         аАбБцЦдДеЕфФгГ«»░▒▓│┤хХиИ╣║╗╝йЙ┐\
         └┴┬├─┼кК╚╔╩╦╠═╬¤лЛмМнНоОп┘┌█▄Пя▀\
         ЯрРсСтТуУжЖвВьЬ№\u{ad}ыЫзЗшШэЭщЩчЧ§■\u{a0}",
    },
    CodePage {
        names: "856 cp-856 cp856 ibm-856 ibm856",
        characters: "אבגדהוזחטיךכלםמןנסעףפץצקרשת�£�×�\
         ���������®¬½¼�«»░▒▓│┤���©╣║╗╝¢¥┐\
         └┴┬├─┼��╚╔╩╦╠═╬¤���������┘┌█▄¦�▀\
         ������µ�������¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        names: "857 cp-857 cp857 csibm857 ibm-857 ibm857",
        characters: "ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş\
         áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
         └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ�ÍÎÏ┘┌█▄¦Ì▀\
         ÓßÔÒõÕµ�×ÚÛÙìÿ¯´\u{ad}±�¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        names: "858 cp-858 cp858 csibm858 ibm-858 ibm858",
        characters: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
         áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
         └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀\
         ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
    },
    CodePage {
        names: "860 cp-860 cp860 csibm860 ibm-860 ibm860",
        characters: "ÇüéâãàÁçêÊèÍÔìÃÂÉÀÈôõòÚùÌÕÜ¢£Ù₧Ó\
         áíóúñÑªº¿Ò¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "861 cp-861 cp-is cp861 csibm861 ibm-861 ibm861",
        characters: "ÇüéâäàåçêëèÐðÞÄÅÉæÆôöþûÝýÖÜø£Ø₧ƒ\
         áíóúÁÍÓÚ¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "862 cp-862 cp862 cspc862latinhebrew ibm-862 ibm862",
        characters: "אבגדהוזחטיךכלםמןנסעףפץצקרשת¢£¥₧ƒ\
         áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "863 cp-863 cp863 csibm863 ibm-863 ibm863",
        characters: "ÇüéâÂà¶çêëèïî‗À§ÉÈÊôËÏûù¤ÔÜ¢£ÙÛƒ\
         ¦´óú¨¸³¯Î⌐¬½¼¾«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "864 cp-864 cp864 csibm864 ibm-864 ibm864",
        characters: "°·∙√▒─│┼┤┬├┴┐┌└┘β∞φ±½¼≈«»ﻷﻸ��ﻻﻼ�\
         \u{a0}\u{ad}ﺂ£¤ﺄ��ﺎﺏﺕﺙ،ﺝﺡﺥ٠١٢٣٤٥٦٧٨٩ﻑ؛ﺱﺵﺹ؟\
         ¢ﺀﺁﺃﺅﻊﺋﺍﺑﺓﺗﺛﺟﺣﺧﺩﺫﺭﺯﺳﺷﺻﺿﻁﻅﻋﻏ¦¬÷×ﻉ\
         ـﻓﻗﻛﻟﻣﻧﻫﻭﻯﻳﺽﻌﻎﻍﻡﹽّﻥﻩﻬﻰﻲﻐﻕﻵﻶﻝﻙﻱ■�",
    },
    CodePage {
        names: "865 cp-865 cp865 csibm865 ibm-865 ibm865",
        characters: "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒ\
         áíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
    },
    CodePage {
        names: "869 cp-869 cp-gr cp869 csibm869 ibm-869 ibm869",
        characters: "������Ά�·¬¦‘’Έ―ΉΊΪΌ��ΎΫ©Ώ²³ά£έήί\
         ϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΜΝ╣║╗╝ΞΟ┐\
         └┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀\
         ζηθικλμνξοπρσςτ΄\u{ad}±υφχ§ψ΅°¨ωϋΰώ■\u{a0}",
    },
    CodePage {
        names: "1006 cp-1006 cp1006 ibm-1006 ibm1006",
        characters: "\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{8d}\u{8e}\u{8f}\u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}\
         \u{a0}۰۱۲۳۴۵۶۷۸۹،؛\u{ad}؟ﺁﺍﺎﺎﺏﺑﭖﭘﺓﺕﺗﭦﭨﺙﺛﺝﺟ\
         ﭺﭼﺡﺣﺥﺧﺩﮄﺫﺭﮌﺯﮊﺱﺳﺵﺷﺹﺻﺽﺿﻁﻅﻉﻊﻋﻌﻍﻎﻏﻐﻑ\
         ﻓﻕﻗﻙﻛﮒﮔﻝﻟﻠﻡﻣﮞﻥﻧﺅﻭﮦﮨﮩﮪﺀﺉﺊﺋﻱﻲﻳﮰﮮﹼﹽ",
    },
    CodePage {
        names: "1125 cp-1125 cp1125 cp866u ibm-1125 ibm1125 ruscii",
        characters: "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
         абвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
         └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
         рстуфхцчшщъыьэюяЁёҐґЄєІіЇї·√№¤■\u{a0}",
    },
    CodePage {
        names: "cp1051 cshproman8 hp-roman8 ibm1051 r8 roman8",
        characters: "\u{80}\u{81}\u{82}\u{83}\u{84}\u{85}\u{86}\u{87}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{8d}\u{8e}\u{8f}\u{90}\u{91}\u{92}\u{93}\u{94}\u{95}\u{96}\u{97}\u{98}\u{99}\u{9a}\u{9b}\u{9c}\u{9d}\u{9e}\u{9f}\
         \u{a0}ÀÂÈÊËÎÏ´ˋˆ¨˜ÙÛ₤¯Ýý°ÇçÑñ¡¿¤£¥§ƒ¢\
         âêôûáéóúàèòùäëöüÅîØÆåíøæÄìÖÜÉïßÔ\
         ÁÃãÐðÍÌÓÒÕõŠšÚŸÿÞþ·µ¶¾—¼½ªº«■»±�",
    },
    CodePage {
        names: "mac-greek macgreek",
        characters: "Ä¹²É³ÖÜ΅àâä΄¨çéèêë£™îï•½‰ôö¦€ùûü\
         †ΓΔΘΛΞΠß®©ΣΪ§≠°·Α±≤≥¥ΒΕΖΗΙΚΜΦΫΨΩ\
         άΝ¬ΟΡ≈Τ«»…\u{a0}ΥΧΆΈœ–―“”‘’÷ΉΊΌΎέήίόΏ\
         ύαβψδεφγηιξκλμνοπώρστθωςχυζϊϋΐΰ\u{ad}",
    },
    CodePage {
        names: "mac-iceland maciceland",
        characters: "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü\
         Ý°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
         ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€ÐðÞþ\
         ý·‚„‰ÂÊÁËÈÍÎÏÌÓÔÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
    },
    CodePage {
        names: "mac-centeuro mac-latin2 maccentraleurope maclatin2",
        characters: "ÄĀāÉĄÖÜáąČäčĆćéŹźĎíďĒēĖóėôöõúĚěü\
         †°Ę£§•¶ß®©™ę¨≠ģĮįĪ≤≥īĶ∂∑łĻļĽľĹĺŅ\
         ņŃ¬√ńŇ∆«»…\u{a0}ňŐÕőŌ–—“”‘’÷◊ōŔŕŘ‹›řŖ\
         ŗŠ‚„šŚśÁŤťÍŽžŪÓÔūŮÚůŰűŲųÝýķŻŁżĢˇ",
    },
    CodePage {
        names: "mac-turkish macturkish",
        characters: "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü\
         †°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
         ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸĞğİıŞş\
         ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔÒÚÛÙˆ˜¯˘˙˚¸˝˛ˇ",
    },
    CodePage {
        names: "mac-croatian",
        characters: "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü\
         †°¢£§•¶ß®Š™´¨≠ŽØ∞±≤≥∆µ∂∑∏š∫ªºΩžø\
         ¿¡¬√ƒ≈Ć«Č…\u{a0}ÀÃÕŒœĐ—“”‘’÷◊©⁄€‹›Æ»\
         –·‚„‰ÂćÁčÈÍÎÏÌÓÔđÒÚÛÙıˆ˜¯πË˚¸Êæˇ",
    },
    CodePage {
        names: "mac-romanian",
        characters: "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü\
         †°¢£§•¶ß®©™´¨≠ĂȘ∞±≤≥¥µ∂∑∏π∫ªºΩăș\
         ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›Țț\
         ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
    },
    CodePage {
        names: "cp154 csptcp154 cyrillic-asian pt154 ptcp154",
        characters: "ҖҒӮғ„…ҶҮҲүҠӢҢҚҺҸҗ‘’“”•–—ҳҷҡӣңқһҹ\
         \u{a0}ЎўЈӨҘҰ§Ё©Ә«¬ӯ®Ҝ°ұІіҙө¶·ё№ә»јҪҫҝ\
         АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
         абвгдежзийклмнопрстуфхцчшщъыьэюя",
    },
    CodePage {
        names: "kz-1048 kz1048 rk1048 strk1048-2002",
        characters: "ЂЃ‚ѓ„…†‡€‰Љ‹ЊҚҺЏђ‘’“”•–—�™љ›њқһџ\
         \u{a0}ҰұӘ¤Ө¦§Ё©Ғ«¬\u{ad}®Ү°±Ііөµ¶·ё№ғ»әҢңү\
         АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
         абвгдежзийклмнопрстуфхцчшщъыьэюя",
    },
    CodePage {
        names: "koi8-t",
        characters: "қғ‚Ғ„…†‡�‰ҳ‹ҲҷҶ�Қ‘’“”•–—�™�›����\
         �ӯӮё¤ӣ¦§���«¬\u{ad}®�°±²Ё�Ӣ¶·�№�»���©\
         юабцдефгхийклмнопярстужвьызшэщчъ\
         ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
    },
];

/// EBCDIC code pages that differ in more than a few characters.
#[rustfmt::skip]
static WHOLES: [CodePage; 7] = [
    CodePage {
        names: "037 cp-037 cp037 csibm037 ebcdic-cp-ca ebcdic-cp-nl ebcdic-cp-us ebcdic-cp-wt ibm-037 ibm037 ibm039",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}\u{a0}âäàáãåçñ¢.<(+|&éêëèíîïìß!$*);¬\
         -/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"\
         Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
         µ~stuvwxyz¡¿ÐÝÞ®^£¥·©§¶¼½¾[]¯¨´×\
         {ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\
         \\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ ",
    },
    CodePage {
        names: "273 cp-273 cp273 csibm273 ibm-273 ibm273",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}\u{a0}â{àáãåçñÄ.<(+!&éêëèíîïì~Ü$*);^\
         -/Â[ÀÁÃÅÇÑö,%_>?øÉÊËÈÍÎÏÌ`:#§'=\"\
         Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
         µßstuvwxyz¡¿ÐÝÞ®¢£¥·©@¶¼½¾¬|‾¨´×\
         äABCDEFGHI\u{ad}ô¦òóõüJKLMNOPQR¹û}ùúÿ\
         Ö÷STUVWXYZ²Ô\\ÒÓÕ0123456789³Û]ÙÚ ",
    },
    CodePage {
        names: "424 cp-424 cp424 csibm424 ebcdic-cp-he ibm-424 ibm424",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}אבגדהוזחט¢.<(+|&יךכלםמןנס!$*);¬\
         -/עףפץצקרש¦,%_>?�ת��\u{a0}���‗`:#@'=\"\
         �abcdefghi«»���±°jklmnopqr���¸�¤\
         µ~stuvwxyz�����®^£¥·©§¶¼½¾[]¯¨´×\
         {ABCDEFGHI\u{ad}�����}JKLMNOPQR¹�����\
         \\÷STUVWXYZ²�����0123456789³���� ",
    },
    CodePage {
        names: "500 cp-500 cp500 csibm500 ebcdic-cp-be ebcdic-cp-ch ibm-500 ibm500",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}\u{a0}âäàáãåçñ[.<(+!&éêëèíîïìß]$*);^\
         -/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"\
         Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
         µ~stuvwxyz¡¿ÐÝÞ®¢£¥·©§¶¼½¾¬|¯¨´×\
         {ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\
         \\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ ",
    },
    CodePage {
        names: "875 cp-875 cp875 ibm-875 ibm875",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}ΑΒΓΔΕΖΗΘΙ[.<(+!&ΚΛΜΝΞΟΠΡΣ]$*);^\
         -/ΤΥΦΧΨΩΪΫ|,%_>?¨ΆΈΉ\u{a0}ΊΌΎΏ`:#@'=\"\
         ΅abcdefghiαβγδεζ°jklmnopqrηθικλμ\
         ´~stuvwxyzνξοπρσ£άέήϊίόύϋώςτυφχψ\
         {ABCDEFGHI\u{ad}ωΐΰ‘―}JKLMNOPQR±½ ·’¦\
         \\ STUVWXYZ²§  «¬0123456789³©  » ",
    },
    CodePage {
        names: "1026 cp-1026 cp1026 csibm1026 ibm-1026 ibm1026",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}\u{a0}âäàáãå{ñÇ.<(+!&éêëèíîïìßĞİ*);^\
         -/ÂÄÀÁÃÅ[Ñş,%_>?øÉÊËÈÍÎÏÌı:ÖŞ'=Ü\
         Øabcdefghi«»}`¦±°jklmnopqrªºæ¸Æ¤\
         µöstuvwxyz¡¿]$@®¢£¥·©§¶¼½¾¬|¯¨´×\
         çABCDEFGHI\u{ad}ô~òóõğJKLMNOPQR¹û\\ùúÿ\
         ü÷STUVWXYZ²Ô#ÒÓÕ0123456789³Û\"ÙÚ ",
    },
    CodePage {
        names: "1140 cp-1140 cp1140 ibm-1140 ibm1140",
        characters: "\u{20}            \n       \n          \
         \u{20}    \n                          \
         \u{20}\u{a0}âäàáãåçñ¢.<(+|&éêëèíîïìß!$*);¬\
         -/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"\
         Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ€\
         µ~stuvwxyz¡¿ÐÝÞ®^£¥·©§¶¼½¾[]¯¨´×\
         {ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\
         \\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ ",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_tells_every_byte() {
        assert!(HALVES.iter().all(|page| page.characters.chars().count() == 128));
        assert!(WHOLES.iter().all(|page| page.characters.chars().count() == 256));
    }

    #[test]
    fn letters_of_dos_and_mainframes_are_read() {
        let page = CodePage::of_letters("IBM850").expect("a page");
        assert_eq!(page.decode(b"caf\x82"), "café");
        let bytes = [0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x6e];
        assert_eq!(CodePage::read_ebcdic(&bytes, None, |_| None).as_deref(), Some("<?xml>"));
    }
}
